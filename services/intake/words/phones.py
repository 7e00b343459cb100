"""Phone numbers as people and gateways write them, as E.164."""

import re

import phonenumbers

HOME_REGION = "ID"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def e164(written: str) -> str | None:
    """``0811-000-1234``, ``62811..``, ``+62811..`` -> ``+62811...``; None when it is no number.

    Short codes and alphanumeric senders are None: nobody can be answered there.
    """
    compact = written.strip()
    for candidate in _readings(compact):
        try:
            number = phonenumbers.parse(candidate, HOME_REGION)
        except phonenumbers.NumberParseException:
            continue
        if number.extension is None and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _readings(written: str) -> tuple[str, ...]:
    if any(character.isalpha() for character in written):
        return ()
    if written.startswith(("+", "0")):
        return (written,)
    # Gateways send the country code without its plus sign; 62 is no Indonesian area code.
    abroad = f"+{written}"
    return (abroad, written) if written.startswith("62") else (written, abroad)


def is_e164(number: str) -> bool:
    """Whether it has the form of E.164. It need not be a number that a country has assigned."""
    return _E164.fullmatch(number) is not None
