"""Certificates as Debian's ``ssl-cert`` makes one for a new machine: signed by itself."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files."""

    certificate: Path
    key: Path


def snakeoil(folder: Path, machine: str, name: str = "own", expired: bool = False) -> Certificate:
    """For that machine; written into ``folder`` under ``name``."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    made.certificate.write_bytes(_signed(key, machine, expired).public_bytes(_PEM))
    made.key.write_bytes(
        key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


_PEM = serialization.Encoding.PEM


def _signed(key: ec.EllipticCurvePrivateKey, machine: str, expired: bool) -> x509.Certificate:
    now = datetime.now(UTC)
    end = now + timedelta(days=-1 if expired else 1)
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, machine)])
    return (
        x509.CertificateBuilder()
        .subject_name(own_name)
        .issuer_name(own_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(machine)]), False)
        .sign(key, hashes.SHA256())
    )
