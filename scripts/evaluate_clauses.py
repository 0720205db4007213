"""When replies begin to sound and where they fall silent, at the paces of several machines, on a virtual clock.

    python -m scripts.evaluate_clauses [--verbose]

Every reply goes the way of a real one: tokens, clauses, the voice's queue, a port that counts what is heard. Only the
engines are made of their paces, so it needs no models, no quiet machine and a few seconds. “At once” is what it
would be without regard to time: the first phrase leaves as soon as it is there. A silence counts as *stumble* within
a sentence, and as *wait* where it is longer than a speaker's pause between two; what is beyond that is summed up.
"""

import argparse
from collections.abc import Sequence
from statistics import median

from appliance.pipeline.foresight import PAUSE_S
from appliance.pipeline.tempo import Tempo
from tests.recitation import Paces, Recited, recite

ENGLISH = (
    "Yes.",
    "No, I'm afraid not. The last train left at 11:42 p.m., and the next one leaves at 5:05 in the morning.",
    "Sure, I can help. The museum is open from 10 a.m. to 6 p.m., but it's closed on Tuesdays. A ticket is $8.",
    "The capital city of the United States of America is Washington, which isn't a state but a district.",
    "Well, I think so. Would you like to know more about the history of the castle, or shall we go on?",
    "Okay, let me think: the answer is probably 42, although nobody has ever asked Dr. Adams for a proof.",
    "Photosynthesis turns light into sugar. Plants take in water and carbon dioxide, catch the light of the sun with "
    "chlorophyll, and give off oxygen. Without it there'd be no life as we know it on this planet.",
    "First, fill the pot with 1.5 liters of water and a pinch of salt. Then wait until it boils; that takes about ten "
    "minutes. Last of all, add the rice, stir once, and leave it alone for a quarter of an hour.",
    "You can write to info@example.com or look at https://www.example.com/a.b?c=d, e.g. for the opening hours.",
    "It's raining. Take a coat. Don't forget your hat.",
)
GERMAN = (
    "Ja, gern.",
    "Nein, leider nicht. Der letzte Zug fuhr um 23:42 Uhr, und der nächste fährt erst am 3. Oktober um 5:05 Uhr.",
    "Das Museum ist von 10 bis 18 Uhr geöffnet, aber am Dienstag geschlossen. Eine Karte kostet 3,50 Euro.",
    "Nimm zuerst 1,5 Liter Wasser und etwas Salz. Dann warte, bis es kocht, das dauert ca. zehn Minuten. Zum Schluss "
    "kommt der Reis dazu, z. B. ein Glas, und bleibt eine Viertelstunde stehen.",
    "Im 19. Jahrhundert war die Stadt klein; heute wohnen hier mehr als 2,5 Mio. Menschen, weil es viel Arbeit gibt.",
    "Ich weiß es nicht genau, denn darüber haben wir nie gesprochen. Fragen Sie bitte Hrn. Dr. Meier danach.",
)

MACHINES = {
    "graphics card, 4B model, Piper": Paces(0.010, 0.04, 0.03, one_core=False),
    "two cores, bundled (eSpeak NG)": Paces(0.022, 0.005, 0.002),
    "two cores, SmolLM2, Piper medium": Paces(0.022, 0.11, 0.09),
    "four small cores, 0.6B, Piper medium": Paces(0.080, 0.20, 0.15, one_core=False),
    "two cores, 0.6B, Piper medium": Paces(0.100, 0.15, 0.10),
    "two cores, 1.7B, Piper medium": Paces(0.160, 0.15, 0.10),
    "two slow cores, SmolLM2, a voice in one piece": Paces(0.060, 0.05, 0.50, whole=True),
    "a model as slow as speech (5 tokens a second)": Paces(0.200, 0.15, 0.10),
}
"""What they are like, as in BENCHMARKS.md and published for such boards."""


class NoTime(Tempo):
    """As if writing and speaking took none: the first phrase leaves at once, and every sentence when it is there."""

    def writing_s(self, characters: float) -> float:
        """None."""
        return 0 * characters

    def first_s(self, characters: float) -> float:
        """None."""
        return 0 * characters

    def voice_s(self, characters: float) -> float:
        """None."""
        return 0 * characters


def cells(replies: Sequence[Recited]) -> list[str]:
    """What came of all texts on one machine."""
    first = sorted(reply.first_audio_s for reply in replies)
    gaps = [gap for reply in replies for gap in reply.starved(PAUSE_S)]
    within = [gap.seconds for gap in gaps if not gap.between_sentences]
    between = [gap.seconds - PAUSE_S for gap in gaps if gap.between_sentences]
    clauses = sum(len(reply.clauses) for reply in replies) / len(replies)
    return [
        f"{1000 * median(first):.0f}",
        f"{1000 * first[-1]:.0f}",
        f"{len(within)} ({sum(within):.1f} s)",
        f"{len(between)} ({sum(between):.1f} s)",
        f"{clauses:.1f}",
    ]


def conversation(paces: Paces, tempo: Tempo) -> list[Recited]:
    """All texts, one after the other, as a session says them."""
    return [recite(text, paces, tempo) for text in (*ENGLISH, *GERMAN)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--verbose", action="store_true", help="show clauses and silences of every reply")
    verbose = parser.parse_args().verbose
    print("| machine | rules | first sound, p50 ms | latest | stumbles | waits | clauses a reply |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name, paces in MACHINES.items():
        show(name, "at once", conversation(paces, NoTime()), verbose=verbose)
        show("", "measured", conversation(paces, Tempo()), verbose=verbose)
    print(f"\n{len(ENGLISH)} English and {len(GERMAN)} German replies, in one conversation for each machine.")


def show(name: str, rules: str, replies: Sequence[Recited], *, verbose: bool) -> None:
    """Print one row."""
    print("|", " | ".join([name, rules, *cells(replies)]), "|", flush=True)
    if verbose:
        for reply in replies:
            gaps = "; ".join(f"{gap.seconds:.2f} s after “{gap.after}”" for gap in reply.starved(PAUSE_S))
            print(f"{reply.first_audio_s:8.3f} s  {' | '.join(reply.clauses)}   {gaps}")


if __name__ == "__main__":
    main()
