"""The outside world in a box: gateways, platforms and a mail server that keep what they get.

It speaks the real protocols and checks the real credentials, so that a message which arrives
here would have left. Only for one machine and for trying out.
"""
