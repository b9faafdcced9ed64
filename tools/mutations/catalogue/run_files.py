# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a run: seal, key and mark not looked at; somebody else's files taken for ours."""

from __future__ import annotations

from tools.mutations.mutation import Part

_RUN = "plugins/module_utils/_run"
_SEAL = "unit/engine/test_seal.py"
_FOREIGN = "unit/engine/test_foreign_folder.py"
_DIRECTORY = "unit/engine/test_run_directory.py"
_files = Part("files", _RUN).broken


ALL = (
    _files(
        "no seal is looked at",
        "directory",
        "        if not seal.holds(found, wanted):\n",
        "        if False:\n",
        _SEAL,
    ),
    _files(
        "a seal is not of the run",
        "seal",
        "json.dumps([name, run_id, data], sort_keys=True",
        "json.dumps([name, data], sort_keys=True",
        _SEAL,
    ),
    _files(
        "a seal is not of the file",
        "seal",
        "json.dumps([name, run_id, data], sort_keys=True",
        "json.dumps([run_id, data], sort_keys=True",
        _SEAL,
    ),
    _files(
        "a seal is not of the content",
        "seal",
        "json.dumps([name, run_id, data], sort_keys=True",
        "json.dumps([name, run_id, sorted(data)], sort_keys=True",
        _SEAL,
    ),
    _files(
        "any key will do",
        "directory",
        '        if data.get("key") != seal.fingerprint(self.hmac_key()):\n',
        "        if False:\n",
        _SEAL,
    ),
    _files(
        "a key of any form will do",
        "directory",
        "        if not seal.is_key(found):\n",
        "        if False:\n",
        _SEAL,
    ),
    _files(
        "any folder with a mark is a run's",
        "directory",
        '        if not isinstance(data.get("format"), int) or not isinstance(data.get("run_id"), str):\n',
        "        if False:\n",
        _FOREIGN,
    ),
    _files(
        "a folder with files is taken",
        "directory",
        "        return all(map(self._is_beginning, _entries(self.path)))\n",
        "        return True\n",
        _FOREIGN,
    ),
    _files(
        "a folder that others may write into is taken",
        "directory",
        "        if found.st_mode & 0o022 and inside:\n",
        "        if False:\n",
        _DIRECTORY,
    ),
    _files(
        "links among the files are followed",
        "directory",
        "            if entry.is_symlink() or entry.lstat().st_uid != os.geteuid():\n",
        "            if False:\n",
        _DIRECTORY,
        "security/test_run_directory.py",
    ),
    _files(
        "two hold a run directory",
        "directory",
        "                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "",
        _DIRECTORY,
    ),
    _files(
        "a run is not bound to its server",
        "directory",
        "            if name in data and data[name] != value:\n",
        "            if False:\n",
        _DIRECTORY,
    ),
    _files(
        "an encrypted chunk is not bound to its place",
        "encryption",
        "yield cipher.decrypt(_nonce(number, not following), frame, head + place.encode())",
        "yield cipher.decrypt(_nonce(number, not following), frame, head)",
        "security/test_encryption.py",
    ),
    _files(
        "the last frame is like any other",
        "encryption",
        'return bytes(7) + number.to_bytes(4, "big") + bytes([last])',
        'return bytes(7) + number.to_bytes(4, "big") + bytes([0])',
        "security/test_encryption.py",
    ),
    _files(
        "everybody may read the key file",
        "encryption",
        "    if mode & 0o027:\n",
        "    if False:\n",
        "security/test_encryption.py",
    ),
    _files(
        "the key of the load may be another one",
        "encryption",
        "    if key.fingerprint(run_id) != fingerprint:\n",
        "    if False:\n",
        "security/test_encryption.py",
    ),
)
