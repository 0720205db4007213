"""Everything the appliance raises on purpose. Each error says what is wrong and what mends it."""

from appliance.core.speech import Stage


class ApplianceError(Exception):
    """Base of all errors that a person may see. Never raised itself."""

    exit_code = 1
    """What a command ends with, in the terms of sysexits.h where one fits."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n  → {self.remedy}" if self.remedy else self.problem


class ConfigError(ApplianceError):
    """The settings are wrong. systemd must not restart on it (EX_CONFIG)."""

    exit_code = 78


class ModelError(ApplianceError):
    """A model file is absent, damaged, or cannot be obtained (EX_UNAVAILABLE)."""

    exit_code = 69


class DeviceError(ApplianceError):
    """No usable sound device, or it went away (EX_IOERR)."""

    exit_code = 74


class InputError(ApplianceError):
    """A file or argument from the user cannot be used (EX_DATAERR)."""

    exit_code = 65


class EngineError(ApplianceError):
    """An engine failed. `retryable` tells whether the same job may succeed next time."""

    def __init__(self, stage: Stage, problem: str, *, retryable: bool = True, remedy: str = "") -> None:
        super().__init__(problem, remedy)
        self.stage = stage
        self.retryable = retryable

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not survive pickling on their own,
        # and this one crosses from the engine process.
        return (_rebuild, (self.stage, self.problem, self.retryable, self.remedy))


def _rebuild(stage: Stage, problem: str, retryable: bool, remedy: str) -> EngineError:
    return EngineError(stage, problem, retryable=retryable, remedy=remedy)


class Cancelled(Exception):  # noqa: N818 - not an error
    """The job was cancelled. Raised inside engines; never an error."""
