"""The schema, as numbered steps: `v01_…` makes the first, each later file changes the last."""

from mautrix.util.async_db import UpgradeTable

from haos_voice_bridge.adapters.db.upgrades import (
    v01_initial,
    v02_room_version,
    v03_statuses,
    v04_commands,
    v05_identities,
)

upgrade_table = UpgradeTable(database_name="haos-voice-bridge")
upgrade_table.register(v01_initial.upgrade, description=v01_initial.DESCRIPTION)
upgrade_table.register(v02_room_version.upgrade, description=v02_room_version.DESCRIPTION)
upgrade_table.register(v03_statuses.upgrade, description=v03_statuses.DESCRIPTION)
upgrade_table.register(v04_commands.upgrade, description=v04_commands.DESCRIPTION)
upgrade_table.register(v05_identities.upgrade, description=v05_identities.DESCRIPTION)
