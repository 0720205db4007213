"""English names of currencies, magnitudes and units."""

from appliance.pipeline.spoken.english.tables import table


def _forms(text: str) -> dict[str, list[str]]:
    """One entry a line: as written, then its forms between slashes."""
    return {written: said.split("/") for written, said in table(text).items()}


CURRENCIES = _forms("""
    $       dollar/dollars/cent/cents
    €       euro/euros/cent/cents
    £       pound/pounds/penny/pence
    ¥       yen/yen/sen/sen
    ₹       rupee/rupees/paisa/paise
    USD     U-S dollar/U-S dollars/cent/cents
    EUR     euro/euros/cent/cents
    GBP     pound/pounds/penny/pence
    CHF     Swiss franc/Swiss francs/centime/centimes
    JPY     yen/yen/sen/sen
""")
"""Sign or ISO code: one, many, one hundredth, many hundredths."""

MAGNITUDES = table("""
    k           thousand
    K           thousand
    m           million
    M           million
    mn          million
    B           billion
    bn          billion
    T           trillion
    thousand    thousand
    million     million
    billion     billion
    trillion    trillion
""")
"""Behind prices."""

_PREFIXES = table("""
    n   nano
    µ   micro
    μ   micro
    m   milli
    c   centi
    d   deci
    h   hecto
    k   kilo
    K   kilo
    M   mega
    G   giga
    T   tera
""")

_BASES = table("""
    m       meter
    g       gram
    l       liter
    L       liter
    W       watt
    Wh      watt hour
    V       volt
    A       amp
    Ah      amp hour
    J       joule
    Pa      pascal
    Ω       ohm
    cal     calorie
    B       byte
    b       bit
    bit     bit
    s       second
""")

_SYMBOLS = (
    "m nm µm μm mm cm dm km g mg µg μg kg l L ml mL cl cL dl dL hl W mW kW MW GW Wh kWh MWh V mV kV mA mAh J kJ MJ "
    "Pa hPa kPa MPa Ω kΩ MΩ kcal kB KB MB GB TB Kbit kbit Mbit Gbit Mb Gb s ns µs μs ms"
)
"""Those in use; a single letter that would rather be a name (5 A, 3 B) is not."""

_OTHERS = table("""
    sec     second
    secs    second
    min     minute
    mins    minute
    h       hour
    hr      hour
    hrs     hour
    yr      year
    yrs     year
    lb      pound
    lbs     pound
    oz      ounce
    yd      yard
    mi      mile
    gal     gallon
    pt      pint
    qt      quart
    tsp     teaspoon
    tbsp    tablespoon
    ha      hectare
    px      pixel
    dB      decibel
    sq m    square meter
    sq km   square kilometer
    sq mi   square mile
""")

_IRREGULAR = _forms("""
    ft      foot/feet
    sq ft   square foot/square feet
    Hz      hertz/hertz
    kHz     kilohertz/kilohertz
    MHz     megahertz/megahertz
    GHz     gigahertz/gigahertz
    bps     bit per second/bits per second
    kbps    kilobit per second/kilobits per second
    Kbps    kilobit per second/kilobits per second
    Mbps    megabit per second/megabits per second
    Gbps    gigabit per second/gigabits per second
    mph     mile per hour/miles per hour
    kph     kilometer per hour/kilometers per hour
    rpm     R-P-M/R-P-M
    dpi     D-P-I/D-P-I
    psi     P-S-I/P-S-I
    fps     frame per second/frames per second
    ppm     part per million/parts per million
    ¢       cent/cents
    %       percent/percent
    °       degree/degrees
    °C      degree Celsius/degrees Celsius
    ºC      degree Celsius/degrees Celsius
    ℃       degree Celsius/degrees Celsius
    °F      degree Fahrenheit/degrees Fahrenheit
    ºF      degree Fahrenheit/degrees Fahrenheit
    ℉       degree Fahrenheit/degrees Fahrenheit
""")


def _name(symbol: str) -> str:
    return _BASES.get(symbol) or _PREFIXES[symbol[0]] + _BASES[symbol[1:]]


_REGULAR = {**{symbol: _name(symbol) for symbol in _SYMBOLS.split()}, **_OTHERS}

UNITS = {**{symbol: [name, name + "s"] for symbol, name in _REGULAR.items()}, **_IRREGULAR}
"""Symbol: one, many."""
