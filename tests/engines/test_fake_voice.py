from tests.engines.fake_voice import FakeVoice
from tests.engines.tts_conformance import TextToSpeechConformance


class TestFakeVoice(TextToSpeechConformance):
    def create(self) -> FakeVoice:
        return FakeVoice()
