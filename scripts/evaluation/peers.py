"""What other systems publish, or what follows from their defaults, to be read beside our figures.

All of it was read, nothing was run (autumn 2026). *Derived*: a lower bound from the defaults in their source,
without device buffers. *Published*: said by the project, on its own hardware.
"""

from scripts.bench_figures import Table

STOP = (
    ("GLaDOS", "32 ms and the next output callback", "derived: one voiced frame of Silero; no echo defence"),
    (
        "pipecat, local audio",
        "200 + 20 + ≤ 40 ms",
        "derived: VAD start 0.2 s, block, blocking write; no device flush",
    ),
    ("speech-to-speech", "384 ms and a block", "derived: shortest speech that interrupts"),
    ("LiveKit Agents, console", "500 + ≤ 100 ms", "derived: shortest interruption 0.5 s, blocks of 100 ms"),
    ("Unmute", "about 80 ms and a score; never in the first 3 s", "derived: pause score of its recogniser"),
    ("NanoLLM", "first two-word partial", "derived: the delay of its recogniser"),
    ("FastRTC", "all of the interruption + 600 ms", "derived: acts at the next pause"),
    (
        "genie-claw, Home Assistant, Wyoming satellite, OpenVoiceOS",
        "never by speech",
        "derived: half duplex, or stop word",
    ),
)
"""From the onset of speech to the end of the output: system, value, where it is from."""

END = (
    (
        "pipecat",
        "200 ms and Smart Turn v3; up to 3 s when it says “incomplete”",
        "derived: one look per pause",
    ),
    ("LiveKit Agents", "0.5 to 3.0 s (0.3 to 2.5 with a streaming detector)", "derived"),
    (
        "speech-to-speech",
        "64 ms and Smart Turn v3.2, + 600 ms when incomplete; reopens for 0.8 to 2 s",
        "derived",
    ),
    ("GLaDOS", "640 ms", "derived"),
    ("RealtimeVoiceChat, Home Assistant, OpenVoiceOS", "700 ms", "derived"),
    ("Open-LLM-VTuber", "about 800 ms", "derived"),
    ("TEN", "1000 ms", "derived"),
)
"""From the end of speech to the decision: system, value, where it is from."""

AUDIO = (
    ("genie-claw", "3964 ms (target: below 1500)", "published: Jetson Orin Nano 8 GB, its issue 58"),
    ("GLaDOS", "600 ms", "published as a goal, not a measurement; GPU"),
    ("Unmute", "450 to 750 ms to the start of the voice", "published: L40S, three GPUs or one"),
    ("Moshi", "about 200 ms, full duplex", "published: L4"),
    ("a pipecat build", "below 800 ms", "published by a third party: Apple M series"),
    ("speech-to-speech on a phone", "5.1 to 6.3 s", "published in an issue: mid-range Android"),
)
"""From the end of speech to the first sound: system, value, where it is from."""


def tables(stop: str, end: str, audio: str) -> list[Table]:
    """The peers' values, ours first.

    Args:
        stop: ours, onset of speech to silence.
        end: ours, end of speech to the decision.
        audio: ours, end of speech to first sound.
    """
    ours = "measured here, see above"
    return [
        Table((title, "value", "what it is"), [("**this appliance**", value, ours), *rows])
        for title, value, rows in (
            ("onset of speech → output stops", stop, STOP),
            ("end of speech → taken as the end", end, END),
            ("end of speech → first sound", audio, AUDIO),
        )
    ]
