"""English words for abbreviations, acronyms and signs."""

from appliance.pipeline.spoken.english.tables import table, words

_MONTHS = table("""
    Jan     January
    Feb     February
    Mar     March
    Apr     April
    May     May
    Jun     June
    Jul     July
    Aug     August
    Sep     September
    Sept    September
    Oct     October
    Nov     November
    Dec     December
""")
MONTHS = {**_MONTHS, **{month: month for month in _MONTHS.values()}}
"""In full or abbreviated: in full. In the order of the year."""

LEXICON = table("""
    OK      okay
    Ok      okay
    ok      okay
    SQL     sequel
    LaTeX   lay tech
    PhD     P-H-D
    WiFi    Wi-Fi
    btw     by the way
    BTW     by the way
    AKA     also known as
    TBD     to be determined
    α       alpha
    β       beta
    γ       gamma
    δ       delta
    Δ       delta
    ε       epsilon
    θ       theta
    λ       lambda
    μ       mu
    π       pi
    σ       sigma
    Σ       sigma
    τ       tau
    φ       phi
    ω       omega
    Ω       omega
""")
"""Words that are not said as they are spelt."""

ABBREVIATIONS = table("""
    Dr      Doctor
    Mr      Mister
    Mrs     Missus
    Ms      Miz
    Prof    Professor
    Jr      Junior
    Sr      Senior
    etc     et cetera
    Ph.D    P-H-D
    M.Sc    M-S-C
    B.Sc    B-S-C
    Inc     Incorporated
    Ltd     Limited
    Corp    Corporation
    Blvd    Boulevard
    Rd      Road
    Ave     Avenue
    dept    department
    Dept    Department
    govt    government
    Tues    Tuesday
    Thurs   Thursday
    Feb     February
    Aug     August
    Sept    September
    Oct     October
    Nov     November
    Dec     December
    hrs     hours
    yrs     years
    mins    minutes
    secs    seconds
    lbs     pounds
    kph     kilometers per hour
    mph     miles per hour
    tbsp    tablespoon
    tsp     teaspoon
""")
"""Not words themselves, so the dot behind may be missing."""

CONNECTIVES = table("""
    e.g     for example
    i.e     that is
    eg      for example
    ie      that is
    vs      versus
    approx  approximately
""")
"""As `ABBREVIATIONS`, but nothing ends with them."""

DOTTED = table("""
    St      Street
    Co      Company
    Mt      Mount
    est     established
    min     minimum
    max     maximum
    avg     average
    cf      compare
    Mon     Monday
    Wed     Wednesday
    Fri     Friday
""")
"""Words without their dot."""

TITLES = table("""
    Dr      Doctor
    Mr      Mister
    Mrs     Missus
    Ms      Miz
    Prof    Professor
    St      Saint
    Mt      Mount
    Ft      Fort
    Gen     General
    Col     Colonel
    Capt    Captain
    Lt      Lieutenant
    Sgt     Sergeant
    Sen     Senator
    Rep     Representative
    Gov     Governor
    Rev     Reverend
    Hon     Honorable
""")
"""Before names, with their dot."""

BEFORE_NUMBERS = table("""
    No      number
    no      number
    Nos     numbers
    nos     numbers
    p       page
    pp      pages
    P       page
    vol     volume
    Vol     volume
    ch      chapter
    Ch      chapter
    fig     figure
    Fig     figure
    sec     section
    Sec     section
    eq      equation
    Eq      equation
    art     article
    Art     article
    ca      circa
    c       circa
    Jan     January
    Mar     March
    Apr     April
    Jun     June
    Jul     July
""")
"""Before numbers, with their dot."""

PHRASES = table("""
    24/7    twenty-four seven
    9/11    nine eleven
    50/50   fifty-fifty
    I/O     I-O
    A/C     A-C
    100s    hundreds
    1000s   thousands
    1,000s  thousands
    and/or  and or
    w/o     without
    w/      with
    b/c     because
    C++     C plus plus
    C#      C sharp
    F#      F sharp
    .NET    dot net
    AT&T    A-T-and-T
    R&B     R-and-B
    R&D     R-and-D
    Q&A     Q-and-A
    a.k.a.  also known as
""")
"""Written with signs that mean nothing special here."""

READ_CAPITALS = words("""
    AN AND ANY ARE ASK AT BE BIG BUT BY CAN DAY DID DO END FEW FOR GET GO GOT HAD HAS HE HER HEY HI HIM
    HIS HOW IF IN IS ITS LET LOT MAN MAY ME MEN MY NEW NO NOT NOW OF OFF OH OLD ON ONE OR OUR OUT OWN PUT RUN
    SAY SEE SHE SO SUN TEN THE TO TOO TOP TRY TWO UP USE WAS WAY WE WHY WIN WON YES YET YOU
    GIF LAN PIN RAM ROM SIM WAN ZIP
""")
"""Capitals of three letters or fewer that are read as a word."""

SPELT_CAPITALS = words("AARP ADHD ASAP ICAO IEEE OECD UCLA UEFI USDA")
"""Longer capitals that could be read as a word, but are spelt."""

READ_ENDINGS = words("app bat bin cfg co com dev doc edu exe gov jar log net new org pub tar web xyz zip")
"""What is read as a word behind the dot of an address; others of up to three letters are spelt."""

RULERS = words("""
    Alexander Benedict Catherine Charles Christian Edward Elizabeth Ferdinand Francis Frederick George Gregory
    Gustav Henry Innocent Ivan James John Julius Leo Leopold Louis Napoleon Nicholas Otto Paul Peter Philip Pius
    Ptolemy Ramesses Ramses Richard Rudolf Thutmose Urban Victor Wilhelm William
""")
"""Kings and popes: Henry VIII is "Henry the eighth"."""

OPENERS = words("""
    A After All Although An And As At Because Before But By For From He Her Here His How However I If In It Its My No
    On Our She Since So That The Their Then There These They This Those To We What When While With You Your
""")
"""Words that begin sentences rather than names."""

PARTS = words("""
    Act Appendix Article Book Bowl Chapter Class Division Grade Level Mark Part Phase Scene Section Stage Tier Title
    Type Volume War
""")
"""What is counted: World War II is "World War two"."""

SIGNS = table("""
    &   and
    %   percent
    =   equals
    ≠   is not equal to
    ≤   is at most
    ≥   is at least
    ≈   is about
    ×   times
    ÷   divided by
    ±   plus or minus
    √   the square root of
    ∞   infinity
    ∑   the sum of
    →   to
    ➜   to
    §   section
    №   number
""")
"""Signs that are said wherever they stand."""
