# Runs its arguments, says every four seconds that they are still at work, ends as they end.
"$@" &
work=$!
trap 'kill $work 2>/dev/null' INT TERM
seconds=0
while kill -0 $work 2>/dev/null; do
  sleep 1
  seconds=$((seconds + 1))
  [ $((seconds % 4)) -ne 0 ] || ! kill -0 $work 2>/dev/null || echo "  still at it after $seconds s"
done
wait $work
