"""Scenes are dealt fairly, the same on every machine, and those of the repository can be played."""

from collections import Counter

import pytest

from scripts.evaluation.scenario import FOLDER, Means, Until, plays, read_scenes
from scripts.evaluation.sounds import Library
from tests.shared import SHARED, needs_shared

TABLE = {
    "name": "a scene",
    "full": 12,
    "quick": 4,
    "noise": ["", "kitchen"],
    "cue": [
        {"sounds": ["people"], "means": "turn", "at": 0.5},
        {"sounds": ["cough/1", "flite/slt/no"], "means": "noise", "over": [1.0, 2.0, 3.0]},
    ],
}
GROUPS = {"people": ["people/a", "people/b", "people/c"]}


def test_every_card_comes_equally_often() -> None:
    all_plays = list(plays(TABLE, GROUPS, full=True))
    assert Counter(play.cues[0].sound for play in all_plays) == dict.fromkeys(GROUPS["people"], 4)
    assert Counter(play.cues[1].over for play in all_plays) == {1.0: 4, 2.0: 4, 3.0: 4}
    assert Counter(play.noise for play in all_plays) == {"": 6, "kitchen": 6}


def test_the_short_evaluation_plays_the_first_of_the_same_plays() -> None:
    assert list(plays(TABLE, GROUPS, full=False)) == list(plays(TABLE, GROUPS, full=True))[:4]


def test_with_and_without_speculation_side_by_side() -> None:
    both = list(plays(TABLE | {"speculate": [True, False], "quick": 1}, GROUPS, full=False))
    assert [play.speculate for play in both] == [True, False]
    assert both[0].cues == both[1].cues


def test_voices_that_are_not_installed_are_left_out() -> None:
    there = plays(TABLE, GROUPS | {"flite/": []}, full=True)
    assert {play.cues[1].sound for play in there} == {"cough/1"}


def test_a_cue_without_any_sound_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no sounds"):
        list(plays(TABLE, {"people": []}, full=True))


@needs_shared
@pytest.mark.parametrize("full", [False, True])
def test_the_scenes_of_the_repository(full: bool) -> None:
    library = Library(SHARED / "clips")
    groups = library.groups({name: [2.0] for name in library.people()})
    scenes = read_scenes(FOLDER, groups, full=full)
    assert len({(scene.title, scene.speculate) for scene in scenes}) == len(scenes)
    for scene in scenes:
        assert scene.seconds or scene.cues
        assert scene.until is Until.ANSWER or scene.seconds or scene.replies
        for cue in scene.cues:
            assert [cue.at, cue.over, cue.after].count(None) == 2
            assert cue.over is None or cue.means in {Means.FLOOR, Means.BACKCHANNEL, Means.NOISE}
            assert not cue.sound.startswith("people/") or cue.sound[len("people/")] in library.half


@needs_shared
def test_some_scenes_by_the_beginning_of_their_names() -> None:
    groups = Library(SHARED / "clips").groups({})
    names = {
        scene.name
        for scene in read_scenes(FOLDER, groups | {"people~0.6": ["x"]}, full=False, only=["nobody"])
    }
    assert names
    assert all(name.startswith("nobody") for name in names)
