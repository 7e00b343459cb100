"""Signatures of OAuth 1.0a. The first oracle is the example of X's own documentation ("Creating a
signature"); the second was made with openssl from a text written by hand as RFC 5849 says."""

from services.intake.media.fetching.oauth import Account, Stamp, proof, signature

ACCOUNT = Account("xvz1evFS4wEEPTGEFPHBog", "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
                  "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
                  "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE")  # fmt: skip
STAMP = Stamp("kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", 1318622958)


def test_the_example_of_x_is_signed_as_x_says() -> None:
    said = [
        ("status", "Hello Ladies + Gentlemen, a signed OAuth request!"),
        ("include_entities", "true"),
        ("oauth_consumer_key", ACCOUNT.consumer_key),
        ("oauth_nonce", STAMP.nonce),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", str(STAMP.seconds)),
        ("oauth_token", ACCOUNT.token),
        ("oauth_version", "1.0"),
    ]
    place = "https://api.twitter.com/1.1/statuses/update.json"
    found = signature("POST", place, said, ACCOUNT.consumer_secret, ACCOUNT.token_secret)
    assert found == "hCtSmYh+iHYCEqBWrE7C7hYmtUk="


def test_the_query_of_an_address_is_signed_too() -> None:
    url = "https://ton.twitter.com/1.1/ton/data/dm/1/2/a.jpg?size=large&x=a%20b"
    assert proof(url, ACCOUNT, STAMP) == (
        'OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog",'
        ' oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",'
        ' oauth_signature_method="HMAC-SHA1", oauth_timestamp="1318622958",'
        ' oauth_token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",'
        ' oauth_version="1.0", oauth_signature="s1riYUVlruy2p1TA1Ag%2BLx4RX90%3D"'
    )


def test_no_secret_is_shown() -> None:
    assert ACCOUNT.consumer_secret not in repr(ACCOUNT)
    assert ACCOUNT.token_secret not in repr(ACCOUNT)
