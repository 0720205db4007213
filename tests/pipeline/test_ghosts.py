import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import CAPTURE_RATE
from appliance.core.speech import Transcript
from appliance.engines.silero import Silero
from appliance.engines.sphinx import Sphinx
from appliance.pipeline.ghosts import PHRASES, Refusal, Sign, refuse
from tests.engines.stt_conformance import say
from tests.engines.vad_conformance import windows
from tests.long import often
from tests.models import SILERO, needs_model, test_model
from tests.shared import clip, labels, needs_shared

ANSWERS = ["Yes.", "No.", "Stop!", "no", "yes", "stop", "okay", "Wait.", "two", "Thank you.", "No, no, no!"]

confidences = st.floats(0.0, 1.0)
seconds = st.floats(0.0, 30.0)


@pytest.mark.parametrize("text", ANSWERS)
@pytest.mark.parametrize("confidence", [0.36, 0.6, 0.99])
@pytest.mark.parametrize("speech_s", [0.3, 0.5, 1.2])
def test_short_answers_survive(text: str, confidence: float, speech_s: float) -> None:
    assert refuse(Transcript(text, confidence), speech_s, voice=0.85) is None


@pytest.mark.parametrize(
    "text", ["", "  ", "...", "[BLANK_AUDIO]", "(door closes)", "*sighs*", "♪♪", "<unk>"]
)
def test_nothing_is_refused(text: str) -> None:
    assert refuse(Transcript(text, 1.0), 2.0) == Refusal((Sign.EMPTY,))


@pytest.mark.parametrize(
    ("text", "confidence", "speech_s", "voice"),
    [
        ("Thank you.", 0.3, 0.6, 0.9),
        ("Thank you.", 0.9, 0.1, 0.9),
        ("Thanks for watching!", 0.8, 0.3, 0.9),
        ("you", 0.7, 4.0, 0.9),
        ("if", 0.98, 0.06, 0.4),
        ("but but", 0.55, 0.42, 0.71),
        ("Thank you. Thank you.", 0.3, 1.0, 0.9),
        ("Subtitles by the Amara.org community", 0.9, 0.5, 0.9),
        ("I'm sorry. " * 12, 0.95, 10.0, 0.9),
        ("no " * 40, 0.9, 1.0, 0.9),
        ("So the thing is that the sink is full of dishes", 0.2, 3.0, 0.5),
    ],
)
def test_ghosts_are_refused(text: str, confidence: float, speech_s: float, voice: float) -> None:
    refusal = refuse(Transcript(text, confidence), speech_s, voice)
    assert refusal is not None
    assert " and " in str(refusal)


@pytest.mark.parametrize(
    ("text", "sign", "confidence", "speech_s", "voice"),
    [
        ("what time is it", Sign.DOUBTFUL, 0.1, 1.0, 0.9),
        ("okay", Sign.BRIEF, 0.9, 0.1, 0.9),
        ("what time is it", Sign.FAINT, 0.9, 0.9, 0.65),
        ("and how long would it take me to get there on foot", Sign.DENSE, 0.9, 1.0, 0.9),
        ("what", Sign.SPARSE, 0.9, 3.0, 0.9),
        ("no no no no", Sign.LOOPING, 0.9, 1.5, 0.9),
        ("thank you", Sign.PHRASE, 0.9, 0.6, 0.9),
    ],
)
def test_one_sign_is_not_enough(
    text: str, sign: Sign, confidence: float, speech_s: float, voice: float
) -> None:
    assert refuse(Transcript(text, confidence), speech_s, voice) is None
    # The sign was there all the same: a second one is enough. Doubt is that, or faintness for doubt itself.
    doubtful, faint = (confidence, 0.1) if sign is Sign.DOUBTFUL else (0.1, voice)
    refusal = refuse(Transcript(text, doubtful), speech_s, faint)
    assert refusal is not None
    assert sign in refusal.signs


@given(st.text(max_size=300), confidences, seconds, confidences)
def test_any_text_is_judged_and_few_signs_stand_alone(
    text: str, confidence: float, speech_s: float, voice: float
) -> None:
    refusal = refuse(Transcript(text, confidence), speech_s, voice)
    assert (
        refusal is None or len(set(refusal.signs)) >= 2 or refusal.signs in {(Sign.EMPTY,), (Sign.VOICELESS,)}
    )


@pytest.mark.parametrize(
    ("text", "confidence", "speech_s", "voice"),
    [("laugh", 0.98, 1.22, 0.48), ("see if", 0.59, 0.42, 0.45), ("they thought half", 0.44, 2.59, 0.73)],
)
def test_what_a_kitchen_was_heard_to_say_is_refused_for_want_of_a_voice(
    text: str, confidence: float, speech_s: float, voice: float
) -> None:
    assert refuse(Transcript(text, confidence), speech_s, voice) == Refusal((Sign.VOICELESS,))


@given(st.sampled_from(ANSWERS), st.floats(0.36, 1.0), st.floats(0.3, 0.9))
def test_a_short_answer_may_sound_less_like_a_voice_than_a_long_sentence(
    text: str, confidence: float, speech_s: float
) -> None:
    assert refuse(Transcript(text, confidence), speech_s, voice=0.73) is None


@given(st.sampled_from(sorted(PHRASES)), st.floats(0.5, 1.0), st.floats(0.4, 1.4), st.floats(0.76, 1.0))
def test_no_phrase_is_refused_for_being_on_the_list(
    phrase: str, confidence: float, speech_s: float, voice: float
) -> None:
    refusal = refuse(Transcript(phrase, confidence), speech_s, voice)
    assert refusal is None or Sign.DENSE in refusal.signs


@given(st.text(max_size=100), confidences, confidences, seconds, confidences)
def test_more_confidence_never_refuses(
    text: str, one: float, other: float, speech_s: float, voice: float
) -> None:
    low, high = sorted((one, other))
    if refuse(Transcript(text, low), speech_s, voice) is None:
        assert refuse(Transcript(text, high), speech_s, voice) is None


@given(st.text(alphabet="abc ", min_size=1, max_size=40), st.integers(5, 12))
def test_a_long_loop_is_refused_whatever_it_says(phrase: str, times: int) -> None:
    text = (phrase + " ") * times
    refusal = refuse(Transcript(text, 1.0), speech_s=0.2 * times)
    # Long enough to tell, or nothing at all.
    assert refusal is not None or len(text) < 120


@pytest.mark.engines
@needs_shared
@needs_model(SILERO)
class TestOnRecordings:
    @pytest.fixture(scope="class")
    @classmethod
    def sphinx(cls) -> Sphinx:
        return Sphinx()

    @pytest.mark.long
    @pytest.mark.timeout(600)  # a recogniser is slow where nobody speaks, and where others compute
    def test_a_kitchen_is_never_answered(self, sphinx: Sphinx) -> None:
        """Two seconds of each 24, or of each 6 with `make test-long`."""
        kitchen, every = clip("noise/kitchen.flac"), often(24, 6) * CAPTURE_RATE
        pieces = [kitchen[start : start + 32_000] for start in range(0, len(kitchen) - 32_000, every)]
        assert len(pieces) >= 4
        assert all(refuse(say(sphinx, 1, piece), *heard(piece)) for piece in pieces)

    @pytest.mark.long
    @pytest.mark.timeout(600)
    def test_people_are_answered(self, sphinx: Sphinx) -> None:
        """Four people, or everybody with `make test-long`."""
        people = dict(sorted(labels("people").items())[: often(4, 1000)])
        refused = []
        for name, label in people.items():
            start, end = label["speech"][0][0], label["speech_end"]
            samples = clip(f"people/{name}")[
                max(0, round((start - 0.5) * 16_000)) : round((end + 0.5) * 16_000)
            ]
            if refuse(say(sphinx, 1, samples), *heard(samples)):
                refused.append(name)
        assert len(refused) <= len(people) // 10, refused


def heard(samples: np.ndarray) -> tuple[float, float]:
    """Seconds of speech, and the mean probability of speech, as the endpointer measures them."""
    detector = Silero(test_model(SILERO))
    probabilities = np.array([detector.probability(window) for window in windows(samples)])
    speech = np.flatnonzero(probabilities >= 0.5)
    if not len(speech):
        return 0.0, float(probabilities.max())
    return len(speech) * 512 / 16_000, float(probabilities[speech[0] : speech[-1] + 1].mean())
