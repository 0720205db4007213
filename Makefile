# The two commands are `make run` and `make test`; both do all the set-up there is.
bin := .venv/bin
export PYTHON SUITE MIRROR PROFILE MODELS KIOSK FIRMWARE SLOT_MIB VERSION KEYRING SIGNING_KEY SIGNING_CERT

.PHONY: run test test-long check bench bench-peers eval eval-full eval-clauses fuzz soak wheels boot-test image bundle bundle-models update-test image-test image-twice jetson-bundle jetson-test lock clean

run: ## install what is missing, obtain the models, start the appliance
	@scripts/setup run
	@$(bin)/appliance run

# Tests start a hundred programs, and each would compile the package anew.
test test-long: export PYTHONDONTWRITEBYTECODE :=

test: ## install what the tests need, then lint, types, contracts and all tests
	@scripts/setup test
	@$(bin)/appliance models pull --profile bundled --store .cache/models || true
	@$(MAKE) --no-print-directory check
	$(bin)/pytest -n 2

test-long: ## tests that do more at length: ten thousand random conversations, not five hundred; some minutes
	@scripts/setup test
	APPLIANCE_TEST_LONG=1 $(bin)/pytest -n 2 -m long

check: ## what a machine can see without running anything
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/python scripts/check_sizes.py
	$(bin)/python scripts/draw_machine.py --check

bench: ## measure this machine and print the tables of BENCHMARKS.md
	@scripts/setup test
	$(bin)/python scripts/bench.py

bench-peers: ## talk with Pipecat and LiveKit Agents as with ours, 20 minutes, or 5: `make bench-peers QUICK=1`
	@scripts/setup test
	@$(bin)/python scripts/bench_peers.py $(if $(QUICK),--quick)

eval: ## play scenes of turn taking to the whole session, a few minutes
	@scripts/setup test
	@$(bin)/appliance models pull --profile bundled --store .cache/models
	$(bin)/python scripts/evaluate_turns.py --write

eval-full: ## the same with every recording and condition, and all other evaluations
	@scripts/setup test
	@$(bin)/appliance models pull --profile bundled --store .cache/models
	$(bin)/python scripts/evaluate_turns.py --full --write

eval-clauses: ## when replies begin and where they fall silent at the paces of several machines: a minute, anywhere
	@scripts/setup test
	@$(bin)/python -m scripts.evaluate_clauses

fuzz: ## look for inputs that break a reader, an hour or `make fuzz MINUTES=480`
	@scripts/setup test
	@$(bin)/python -m scripts.fuzz --minutes $(or $(MINUTES),60)

soak: ## hours of random conversation, interruptions, faults and reconnects: `make soak HOURS=8`
	@scripts/setup test
	@$(bin)/appliance models pull --profile bundled --store .cache/models
	$(bin)/python -m scripts.soak --hours $(or $(HOURS),8)

wheels: ## a folder from which scripts/install.sh installs without a network: `make wheels DIR=/media/usb/wheels`
	@scripts/wheels $(or $(DIR),.cache/wheelhouse)

boot-test: ## install into a copy of this machine that lasts for a minute, boot it, and look: root, systemd-container
	@scripts/wheels .cache/wheelhouse
	@test -e .cache/models/models.lock.json || { scripts/setup run && \
		$(bin)/appliance models pull --profile bundled --store .cache/models; }
	@scripts/boot_check.sh

image: ## a disk image to flash, as root: `make image`, `make image KIOSK=1 PROFILE=cpu`; scripts/image/build --help
	@scripts/image/build

bundle: ## the same as a signed update for boxes that run already; keys: scripts/image/key --help
	@GOAL=bundle scripts/image/build

bundle-models: ## the models of a profile as a signed update: `make bundle-models PROFILE=cpu`
	@scripts/setup run
	@scripts/image/key
	@rm -rf build/image/work/models && mkdir -p build/image/work/models
	@APPLIANCE_MODELS__SOURCE=$(or $(MODELS),.cache/models) $(bin)/appliance models pull --profile $(or $(PROFILE),bundled) \
		--store build/image/work/models
	@VERSION=$${VERSION:-0.$$(date -u +%Y%m%d%H%M)} PROFILE=$(or $(PROFILE),bundled) scripts/image/bundle \
		--models build/image/work/models build/image/models-$(or $(PROFILE),bundled).raucb

update-test: ## after `make image`: update a box in QEMU, cut its power at 20 moments of that, roll a bad version back
	@scripts/setup test
	@$(bin)/python -m scripts.image.update_test

image-test: ## talk to it, boot it in QEMU twice with a power cut between, time the stages of its boot
	@scripts/image/talk
	@python3 -m scripts.image.boot_test

image-twice: ## build it again from nothing, and compare
	@scripts/image/reproduce

jetson-bundle: ## all that a Jetson needs, for a USB stick: `make jetson-bundle TARGET=jetpack-6 PROFILE=jetson-16gb`
	@scripts/setup run
	@scripts/jetson/bundle $(if $(TARGET),--target $(TARGET)) $(if $(PROFILE),--profile $(PROFILE)) $(if $(CUDA),--cuda $(CUDA)) \
		$(if $(MIRROR),--mirror $(MIRROR)) $(DIR)

jetson-test: ## provision an arm64 system under emulation, look at it: root, half an hour and more
	@scripts/setup run
	@scripts/jetson/dry_run

lock: ## pin the newest versions of all dependencies
	scripts/lock

clean: ## remove what the other targets made
	rm -rf .venv .cache build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
