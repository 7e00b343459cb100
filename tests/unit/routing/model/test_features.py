"""What a model reads of a text."""

from services.routing.model.features import features_of, without_persons
from services.routing.reading.reader import load_reader

READER = load_reader()


def words_of(text: str) -> tuple[str, ...]:
    reading = READER.read(without_persons(text))
    return features_of(reading.words.roots, reading.ranked).words


def test_it_reads_roots_and_pairs_of_neighbours_each_once() -> None:
    assert words_of("Lampu mati, lampu matii") == ("lampu", "mati", "lampu mati", "mati lampu")


def test_nothing_that_tells_of_a_person_is_read_nor_a_pair_across_it() -> None:
    words = words_of("Nama saya Siti Rohmawati, hubungi saya 0812 3456 7890 soal got mampet")
    assert not [word for word in words if "siti" in word or "rohmawati" in word]
    assert not [word for word in words if any(sign.isdigit() for sign in word)]
    assert "saya got" not in words
    assert "saya soal" not in words
    assert "got" in " ".join(words)


def test_what_the_rules_make_of_it_stands_beside_the_likeliest_first() -> None:
    reading = READER.read("Sampah menumpuk dan parkir liar")
    shares = features_of(reading.words.roots, reading.ranked).shares
    assert {"sampah", "parkir-liar"} <= set(shares)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_of_a_long_letter_the_beginning_is_read() -> None:
    assert "akhir" not in words_of("sampah " + "jalan rusak " * 400 + "akhir")
