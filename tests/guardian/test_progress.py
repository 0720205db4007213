from appliance.guardian.progress import Progress, Proof


def test_what_changes_gets_on_and_what_does_not_has_stopped() -> None:
    values: dict[str, object] = {"sound": 0, "web": 7}
    progress = Progress(
        [Proof("Sound", lambda: values["sound"], 4), Proof("The web server", lambda: values["web"], 10)]
    )
    for second in range(20):
        values["sound"] = second
        stopped = progress.stopped(second)
        assert (stopped.name if stopped else "") == ("The web server" if second >= 10 else "")


def test_who_has_nothing_to_do_need_not_get_on() -> None:
    value: list[object] = [1]
    progress = Progress([Proof("Sound", lambda: value[0], 4)])
    assert not progress.stopped(0)
    value[0] = None
    assert not any(progress.stopped(second) for second in range(1, 100))
    value[0] = 1
    assert [bool(progress.stopped(second)) for second in (100, 103, 104)] == [False, False, True]


def test_what_was_mended_is_forgotten() -> None:
    value = [1]
    progress = Progress([Proof("Sound", lambda: value[0], 4)])
    assert [bool(progress.stopped(second)) for second in (0, 5)] == [False, True]
    value[0] = 2
    assert [bool(progress.stopped(second)) for second in (6, 9, 10)] == [False, False, True]
