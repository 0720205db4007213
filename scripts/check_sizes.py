"""Fails when a module, function or class has outgrown what one can read at a sitting."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULE_LINES = 300
FUNCTION_LINES = 40
CLASS_ATTRIBUTES = 12


def attributes(node: ast.ClassDef) -> set[str]:
    """Names that the class's methods assign on `self`."""
    return {
        target.attr
        for target in ast.walk(node)
        if isinstance(target, ast.Attribute)
        and isinstance(target.ctx, ast.Store)
        and isinstance(target.value, ast.Name)
        and target.value.id == "self"
    }


def findings(path: Path) -> list[str]:
    text = path.read_text()
    found = []
    if (lines := text.count("\n")) > MODULE_LINES:
        found.append(f"{path}: {lines} lines, {MODULE_LINES} at most")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(
                    f"{path}:{node.lineno}: {node.name} has {length} lines, {FUNCTION_LINES} at most"
                )
        elif isinstance(node, ast.ClassDef) and (count := len(attributes(node))) > CLASS_ATTRIBUTES:
            found.append(
                f"{path}:{node.lineno}: {node.name} has {count} attributes, {CLASS_ATTRIBUTES} at most"
            )
    return found


def main() -> int:
    found = [line for path in sorted((ROOT / "appliance").rglob("*.py")) for line in findings(path)]
    print("\n".join(found) or "All modules, functions and classes are of readable size.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
