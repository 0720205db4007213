"""Which tools there are, who may call them, and one careful way to run them."""

import asyncio
import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import jsonschema_rs

from appliance.core import clock
from appliance.core.errors import ConfigError, in_brief, quoted
from appliance.tools.phrases import failure
from appliance.tools.tool import Call, Context, Problem, Result, Run, Tool

MOST_TOOLS: Final = 64
"""In one box: a model's prompt must have room for all."""
MOST_ARGUMENTS: Final = 16
"""Of a call."""
MOST_ARGUMENT_BYTES: Final = 4096
"""Of all arguments of a call, as JSON."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")

log = logging.getLogger("appliance.tools")


class Toolbox:
    """Owns the tools and their compiled schemas. A persona has a view of its own: `allowing`."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        self._schemas: dict[str, jsonschema_rs.Validator] = {}
        self._allowed: frozenset[str] | None = None
        for tool in tools:
            self.add(tool)

    def add(self, tool: Tool) -> None:
        """Have one more.

        Raises:
            ConfigError: its name or its schema cannot be used, or there are too many.
        """
        if not _NAME.fullmatch(tool.name):
            raise ConfigError(
                f"a tool cannot be called {quoted(tool.name)}", "lower case letters, digits, underscores"
            )
        if tool.name in self._tools:
            raise ConfigError(f"there are two tools called {tool.name}", "rename one")
        if len(self._tools) >= MOST_TOOLS:
            raise ConfigError(f"there are more than {MOST_TOOLS} tools", "leave some out")
        if tool.parameters.get("type") != "object":
            raise ConfigError(
                f"the schema of the tool {tool.name} describes no object", 'it needs "type": "object"'
            )
        try:
            self._schemas[tool.name] = jsonschema_rs.validator_for(dict(tool.parameters), retriever=_offline)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            problem = f"the schema of the tool {tool.name} is wrong: {str(error).splitlines()[0]}"
            raise ConfigError(problem, "correct it, or leave the tool out") from None
        self._tools[tool.name] = tool

    def allowing(self, names: Iterable[str]) -> "Toolbox":
        """The same tools for a persona that may call only these.

        Raises:
            ConfigError: there is no such tool.
        """
        wanted = frozenset(names)
        if unknown := sorted(wanted - self._tools.keys()):
            known = ", ".join(sorted(self._tools))
            raise ConfigError(f"there is no tool called {quoted(unknown[0])}", f"choose from: {known}")
        view = Toolbox()
        view._tools, view._schemas, view._allowed = self._tools, self._schemas, wanted
        return view

    @property
    def tools(self) -> tuple[Tool, ...]:
        """Those that may be called, by name."""
        return tuple(self._tools[name] for name in sorted(self._tools) if self._may(name))

    def find(self, name: str) -> Tool | None:
        """The tool of that name, if it may be called."""
        return self._tools.get(name) if self._may(name) else None

    def refusal(self, call: Call, context: Context) -> Result | None:
        """Why this call cannot be made; None when it can."""
        if call.tool not in self._tools:
            return _failed(Problem.UNKNOWN, context, f"there is no tool {quoted(call.tool)}")
        if not self._may(call.tool):
            return _failed(Problem.FORBIDDEN, context, "this tool may not be used here")
        wrong = _oversized(call.arguments) or self._mistake(call)
        return _failed(Problem.ARGUMENTS, context, wrong) if wrong else None

    async def run(self, call: Call, context: Context) -> Result:
        """Do it. Never raises, but for its own cancellation; leaves one line in the log, without what was said."""
        began = clock.now()
        outcome = "cancelled"
        try:
            result = self.refusal(call, context)
            if result is None:
                result = await _bounded_run(self._tools[call.tool], call.arguments, context)
            outcome = result.problem or "ok"
            return result
        finally:
            name = call.tool if call.tool in self._tools else "unknown"
            ms = round(1000 * (clock.now() - began))
            fields = {"tool": name, "outcome": str(outcome), "ms": ms}
            log.info(
                "Tool %s: %s after %d ms.",
                name,
                outcome,
                ms,
                extra={"event": "tool.called", "fields": fields},
            )

    async def preview(self, call: Call, context: Context) -> Result | None:
        """What a call would answer, without changing anything; None: nobody can know."""
        if refusal := self.refusal(call, context):
            return refusal
        tool = self._tools[call.tool]
        if not tool.changes:
            return await self.run(call, context)
        return await _bounded_run(tool, call.arguments, context, ahead=True) if tool.preview else None

    def _may(self, name: str) -> bool:
        return name in self._tools and (self._allowed is None or name in self._allowed)

    def _mistake(self, call: Call) -> str:
        try:
            error = next(self._schemas[call.tool].iter_errors(dict(call.arguments)), None)
        except ValueError:  # halves of characters
            return "arguments must be JSON"
        if error is None:
            return ""
        place = ".".join(str(step) for step in error.instance_path)
        return f"{place}: {error.message}" if place else str(error.message)


async def _bounded_run(
    tool: Tool, arguments: Mapping[str, Any], context: Context, *, ahead: bool = False
) -> Result:
    """A tool that does not stop when it is cancelled is left to itself: nobody waits for it."""
    run = tool.preview if ahead and tool.preview else tool.run
    running = asyncio.create_task(_begun(run, arguments, context))
    try:
        await asyncio.wait({running}, timeout=tool.timeout_s)
    finally:
        if not running.done():
            running.cancel()
            running.add_done_callback(_swallow)
    if not running.done():
        return _failed(Problem.TIMEOUT, context, f"no answer after {tool.timeout_s:g} s")
    if running.cancelled():
        return _failed(Problem.BROKEN, context, "the tool gave up")
    if error := running.exception():
        log.warning("The tool %s failed: %s", tool.name, in_brief(error))
        return _failed(Problem.BROKEN, context, in_brief(error))
    result: object = running.result()  # tools are written by others, too
    if not isinstance(result, Result):
        return _failed(Problem.BROKEN, context, "the tool returned no result")
    return result.bounded()


async def _begun(run: Run, arguments: Mapping[str, Any], context: Context) -> Result:
    """What is wrong before its first `await` is wrong inside the task, too."""
    return await run(arguments, context)


def _swallow(task: "asyncio.Task[Result]") -> None:
    if not task.cancelled():
        task.exception()


def _failed(problem: Problem, context: Context, detail: str) -> Result:
    return Result(failure(problem, context.language), detail, problem)


def _oversized(arguments: object) -> str:
    if not isinstance(arguments, Mapping):
        return "arguments must be an object"
    if len(arguments) > MOST_ARGUMENTS:
        return f"more than {MOST_ARGUMENTS} arguments"
    try:
        size = len(json.dumps(dict(arguments), ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError):
        return "arguments must be JSON"
    return "arguments are too long" if size > MOST_ARGUMENT_BYTES else ""


def _offline(uri: str) -> Any:
    raise ValueError(f"{uri} is elsewhere, and nothing is fetched")
