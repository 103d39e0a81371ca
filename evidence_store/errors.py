"""Every error of the evidence store, at a glance.

EvidenceError
├── FormatError            bytes that are not what their format says
│   ├── EntryError         not an RFC 8785 entry
│   ├── NoteError          not a signed note, or its signature is wrong
│   ├── CheckpointError    not a checkpoint
│   ├── TileError          not a tile
│   ├── ProofError         not a proof, or it proves something else
│   ├── PolicyError        not a policy of logs and witnesses
│   ├── StampError         not an RFC 3161 time stamp, or one of something else
│   └── ReceiptError       not a receipt, or a damaged one
├── KeyFileError           a key file cannot be read, or may be read by others
├── StoreError             the store cannot do what was asked
│   ├── QueueFull          more jobs wait than the writer accepts; nothing was taken
│   ├── DiskFull           no room; nothing of this job is in the log
│   ├── DiskFailed         the disk refused a write or a flush; the writer has stopped
│   │   ├── DiskStalled    it did not answer, while another storage directory did
│   │   ├── DiskAbsent     a configured storage directory is not there
│   │   └── DiskBehind     it lacks more than a start may copy
│   ├── SignerFailed       what holds the key refuses to sign; the writer has stopped
│   ├── DraftRejected      the draft can never become an entry (its content is wrong)
│   ├── FileConflict       a file of that name exists with other bytes
│   ├── StoreBusy          another process owns this directory
│   ├── StoreClosed        the writer was closed
│   ├── StoreDamaged       what lies there contradicts itself; never repaired silently
│   └── StoreFormatError   made by a newer version, or no store at all
├── WitnessError           a witness cannot be set up, or its word cannot be had
├── SealedError            what is encrypted at rest cannot be opened; says nothing of integrity
│   ├── SealedKeyMissing   there is no key for it on this machine, or no more
│   ├── SealedKeyWrong     the key at hand is another one
│   ├── SealedDamaged      not the bytes that were sealed at this place
│   └── SharesWrong        shares of a key that do not belong together
└── PackageError           a package cannot be made or read
    └── OpenWords          words to be withheld stand in the public part of their entries
"""

from __future__ import annotations


class EvidenceError(Exception):
    """Root of every error of the evidence store."""


class FormatError(EvidenceError):
    """Bytes are not what their format says."""


class EntryError(FormatError):
    """Not a canonical entry."""


class NoteError(FormatError):
    """Not a signed note, or a signature on it is wrong."""


class CheckpointError(FormatError):
    """Not a checkpoint."""


class TileError(FormatError):
    """Not a tile of the expected width."""


class ProofError(FormatError):
    """Not a proof, or one that proves something else."""


class PolicyError(FormatError):
    """Not a policy file of C2SP tlog-policy."""


class StampError(FormatError):
    """Not an RFC 3161 time stamp, or one over something else."""


class ReceiptError(FormatError):
    """Not a receipt, or one whose signature does not fit what it says."""


class KeyFileError(EvidenceError):
    """A key file is missing, malformed, or readable by others."""


class StoreError(EvidenceError):
    """The store cannot do what was asked."""


class QueueFull(StoreError):
    """More jobs wait than the writer accepts; nothing was taken."""


class DiskFull(StoreError):
    """There is no room left on the disk."""


class DiskFailed(StoreError):
    """The disk refused a write or a flush. The writer stops; only a new one may go on."""


class DiskStalled(DiskFailed):
    """The disk does not answer, while another storage directory does."""


class DiskAbsent(DiskFailed):
    """A configured storage directory is not there."""


class DiskBehind(DiskFailed):
    """A storage directory lacks more than may be copied at a start."""


class SignerFailed(StoreError):
    """What holds a log's key (a device) refuses to sign. The writer stops."""


class DraftRejected(StoreError):
    """The draft can never become an entry: its kind, path or content is wrong."""


class FileConflict(StoreError):
    """A file of that name exists already, with other bytes."""


class StoreBusy(StoreError):
    """Another process owns this storage directory."""


class StoreClosed(StoreError):
    """The writer was closed."""


class StoreDamaged(StoreError):
    """What lies in the store contradicts itself. It is never repaired silently."""


class StoreFormatError(StoreError):
    """The store was made by a newer version, or is no store."""


class SealedError(EvidenceError):
    """What is encrypted at rest cannot be opened."""


class SealedKeyMissing(SealedError):
    """No key on this machine opens it: never there, lost, or destroyed under retention."""


class SealedKeyWrong(SealedError):
    """The key at hand is not the one it was sealed with."""


class SealedDamaged(SealedError):
    """Not the bytes that were sealed at this place."""


class SharesWrong(SealedError):
    """Shares of a key that do not belong together, or cannot be made."""


class PackageError(EvidenceError):
    """A package cannot be made or read."""


class OpenWords(PackageError):
    """Words to be withheld stand in the public part of their entries, as older logs have them."""


class WitnessError(EvidenceError):
    """A witness cannot be set up, or what was asked of it cannot be done."""
