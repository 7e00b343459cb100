"""Where things lie: on the machine that is lost, and elsewhere."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.postgres import UNPRIVILEGED, workspace
from tests.contract.bus.secured import PASSWORD
from tests.crash.rig import SETTINGS
from tests.drill.kafka import CityKafka
from tests.integration.deploy.homes import fresh_home

PASSPHRASE = "kata sandi latihan pemulihan"


@dataclass(frozen=True, slots=True)
class Places:
    """home: with the database's disk. elsewhere: what the loss of that disk does not reach, as in a
    city. alone: where the backup is restored without its log."""

    home: Path
    elsewhere: Path
    alone: Path

    @classmethod
    def new(cls) -> "Places":
        made = cls(fresh_home(), fresh_home(), fresh_home())
        made.passphrase.write_text(PASSPHRASE)
        return made

    @property
    def lost(self) -> Path:
        """What is left of the machine that was lost."""
        return self.elsewhere / "lost"

    @property
    def passphrase(self) -> Path:
        return self.elsewhere / "passphrase"

    @property
    def backup(self) -> Path:
        return self.elsewhere / "backup"

    @property
    def keys(self) -> Path:
        return self.elsewhere / "keys" / "crm.keys"

    def wal(self, life: int) -> Path:
        """The log of the first database, and that of the restored one."""
        return self.elsewhere / f"wal-{life}"

    def remove(self) -> None:
        uid = UNPRIVILEGED if os.geteuid() == 0 else None
        for each in (self.home, self.alone, self.elsewhere):
            if (each / "credentials.json").exists():
                shutil.rmtree(workspace(each, uid), ignore_errors=True)
            shutil.rmtree(each, ignore_errors=True)


@contextmanager
def told(places: Places, kafka: CityKafka) -> Iterator[pytest.MonkeyPatch]:
    """The settings of the installation, as variables: for `crm` and for all that it starts."""
    settings = SETTINGS | {
        "CRM_HOME": str(places.home),
        "CRM_INTAKE_ERASURE_LIST": (places.elsewhere / "erasures").as_uri(),
        "CRM_MEDIA_STORE_URL": (places.elsewhere / "pictures").as_uri(),
        "CRM_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "CRM_KAFKA_CA_FILE": str(kafka.authority.file),
        "CRM_KAFKA_USERNAME": "crm",
        "CRM_KAFKA_PASSWORD": PASSWORD,
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, value)
        yield environment
