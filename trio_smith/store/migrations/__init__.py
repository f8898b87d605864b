"""Take a schema up and down by numbered scripts: that of the store, and an application's own."""

from ._errors import BadMigration as BadMigration
from ._errors import MigrationDrift as MigrationDrift
from ._errors import MigrationFailed as MigrationFailed
from ._errors import MigrationGap as MigrationGap
from ._errors import MissingExtra as MissingExtra
from ._errors import NoWayDown as NoWayDown
from ._errors import UnknownMigration as UnknownMigration
from ._migration import Migration as Migration
from ._migrations import Migrations as Migrations
from ._migrations import Verification as Verification
from ._migrations import migrate as migrate
from ._migrations import open_migrations as open_migrations
from ._plan import AppliedMigration as AppliedMigration
from ._plan import MigrationState as MigrationState
from ._plan import MigrationStatus as MigrationStatus
from ._plan import MigrationStep as MigrationStep
from ._plan import MigrationWay as MigrationWay
from ._script import Statement as Statement
