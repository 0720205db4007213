"""Units: what they measure, how large they are, and how people say them."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """One of them."""

    kind: str
    """What it measures."""
    factor: Fraction
    """Of the kind's own unit: metre, kilogram, litre, metre per second, kelvin."""
    english: tuple[str, ...]
    """One, many, and other words."""
    german: tuple[str, ...]
    """Likewise."""
    zero: Fraction = Fraction(0)
    """Where its scale begins, in the kind's own unit."""


def _unit(kind: str, factor: str, english: str, german: str, zero: str = "0") -> Unit:
    return Unit(kind, Fraction(factor), tuple(english.split("|")), tuple(german.split("|")), Fraction(zero))


UNITS: Final = {
    "millimetre": _unit(
        "length", "0.001", "millimetre|millimetres|millimeter|millimeters|mm", "Millimeter|Millimeter|mm"
    ),
    "centimetre": _unit(
        "length", "0.01", "centimetre|centimetres|centimeter|centimeters|cm", "Zentimeter|Zentimeter|cm"
    ),
    "metre": _unit("length", "1", "metre|metres|meter|meters|m", "Meter|Meter|m"),
    "kilometre": _unit(
        "length", "1000", "kilometre|kilometres|kilometer|kilometers|km|k m", "Kilometer|Kilometer|km"
    ),
    "inch": _unit("length", "0.0254", "inch|inches", "Zoll|Zoll"),
    "foot": _unit("length", "0.3048", "foot|feet", "Fuß|Fuß|fuss"),
    "yard": _unit("length", "0.9144", "yard|yards", "Yard|Yards"),
    "mile": _unit("length", "1609.344", "mile|miles", "Meile|Meilen"),
    "gram": _unit("weight", "0.001", "gram|grams|gramme|grammes|g", "Gramm|Gramm|g"),
    "kilogram": _unit("weight", "1", "kilogram|kilograms|kilo|kilos|kg", "Kilogramm|Kilogramm|kilo|kilos|kg"),
    "tonne": _unit("weight", "1000", "tonne|tonnes|metric ton|metric tons", "Tonne|Tonnen"),
    "ounce": _unit("weight", "0.028349523125", "ounce|ounces", "Unze|Unzen"),
    "pound": _unit("weight", "0.45359237", "pound|pounds|lbs", "Pfund|Pfund"),
    "stone": _unit("weight", "6.35029318", "stone|stones", "Stone|Stones"),
    "millilitre": _unit(
        "volume", "0.001", "millilitre|millilitres|milliliter|milliliters|ml", "Milliliter|Milliliter|ml"
    ),
    "centilitre": _unit("volume", "0.01", "centilitre|centilitres|centiliter|centiliters|cl", "Zentiliter|Zentiliter"),
    "litre": _unit("volume", "1", "litre|litres|liter|liters|l", "Liter|Liter|l"),
    # Kitchens: the spoons are metric everywhere; cup, pint, quart and gallon are those of the United States.
    "teaspoon": _unit("volume", "0.005", "teaspoon|teaspoons", "Teelöffel|Teelöffel"),
    "tablespoon": _unit("volume", "0.015", "tablespoon|tablespoons", "Esslöffel|Esslöffel"),
    "fluid ounce": _unit(
        "volume", "0.0295735295625", "fluid ounce|fluid ounces", "Flüssigunze|Flüssigunzen"
    ),
    "cup": _unit("volume", "0.2365882365", "cup|cups", "Tasse|Tassen"),
    "pint": _unit("volume", "0.473176473", "pint|pints", "Pint|Pints"),
    "quart": _unit("volume", "0.946352946", "quart|quarts", "Quart|Quarts"),
    "gallon": _unit("volume", "3.785411784", "gallon|gallons", "Gallone|Gallonen"),
    "metre per second": _unit(
        "speed",
        "1",
        "metre per second|metres per second|meter per second|meters per second",
        "Meter pro Sekunde|Meter pro Sekunde",
    ),
    "kilometre per hour": _unit(
        "speed",
        "5/18",
        "kilometre per hour|kilometres per hour|kilometer per hour|kilometers per hour|kph|km h",
        "Kilometer pro Stunde|Kilometer pro Stunde|stundenkilometer|kmh|km h",
    ),
    "mile per hour": _unit(
        "speed", "0.44704", "mile per hour|miles per hour|mph", "Meile pro Stunde|Meilen pro Stunde"
    ),
    "knot": _unit("speed", "1852/3600", "knot|knots", "Knoten|Knoten"),
    "celsius": _unit(
        "temperature", "1", "degree Celsius|degrees Celsius|celsius|centigrade|degrees centigrade|degrees c",
        "Grad Celsius|Grad Celsius|celsius", "273.15",
    ),
    "fahrenheit": _unit(
        "temperature", "5/9", "degree Fahrenheit|degrees Fahrenheit|fahrenheit|degrees f",
        "Grad Fahrenheit|Grad Fahrenheit|fahrenheit", "45967/180",
    ),
    "kelvin": _unit("temperature", "1", "kelvin|kelvin|kelvins", "Kelvin|Kelvin"),
}  # fmt: skip
"""By their names in calls. Zero Fahrenheit is 459.67 × 5/9 K."""


def converted(amount: Fraction, source: Unit, target: Unit) -> Fraction | None:
    """So much in another unit; None: they measure different things."""
    if source.kind != target.kind:
        return None
    return (amount * source.factor + source.zero - target.zero) / target.factor
