from appliance.diagnosis.budget import ALL_BURST, BURST, EVERY_S, KINDS, Budget


def test_a_fault_in_a_loop_is_told_some_times_and_then_seldom() -> None:
    budget = Budget()
    answers = [budget.ask("fault", second / 100) for second in range(100_000)]  # 1000 s
    written = [answer for answer in answers if answer is not None]
    assert len(written) == BURST + 1000 / EVERY_S - 1 or len(written) == BURST + 1000 / EVERY_S
    assert sum(written) == len(answers) - len(written) - (
        99_999 - max(index for index, answer in enumerate(answers) if answer is not None)
    )


def test_others_are_told_meanwhile() -> None:
    budget = Budget()
    for _ in range(100):
        budget.ask("fault", 0.0)
    assert budget.ask("other", 0.0) == 0


def test_all_kinds_together_have_a_bound() -> None:
    budget = Budget()
    written = [budget.ask(number, 0.0) for number in range(ALL_BURST * 3)]
    assert len([answer for answer in written if answer is not None]) == ALL_BURST


def test_kinds_are_forgotten() -> None:
    budget = Budget()
    for number in range(KINDS * 3):
        budget.ask(number, 0.0)
    assert len(budget._kinds) == KINDS
