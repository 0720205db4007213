from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.life import Life
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from tests.inference.scripted import World, spec
from tests.virtual_time import run


def test_a_worker_is_killed_for_one_reason_only() -> None:
    async def main() -> None:
        life = Life(spec(Stage.TTS), lambda _: None, InferenceSettings())
        await life.start(World().launch)
        first = EngineError(Stage.TTS, "took too long")
        life.condemn(first)
        life.condemn(EngineError(Stage.TTS, "was shut down"))
        assert await life.end() is first

    run(main())


def test_what_cannot_be_launched_is_an_engine_error() -> None:
    async def no_memory(asked: EngineSpec, receive: object) -> object:
        raise OSError(12, "Cannot allocate memory")

    async def main() -> str:
        life = Life(spec(Stage.TTS), lambda _: None, InferenceSettings())
        try:
            await life.start(no_memory)  # type: ignore[arg-type]  # it returns nothing, ever
        except EngineError as error:
            return error.problem
        return "started"

    assert run(main()) == "a tts engine cannot be started: [Errno 12] Cannot allocate memory"


def test_nothing_is_sent_to_a_worker_that_is_not_there() -> None:
    async def main() -> str:
        life = Life(spec(Stage.TTS), lambda _: None, InferenceSettings())
        life.send(b"hello")
        return (await life.end()).problem

    assert run(main()) == "a tts engine was never started"
