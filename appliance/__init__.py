"""An offline voice appliance: one talks to it, it answers aloud, nothing leaves the building.

Reading order, from the bottom up (imports point down only):

* `core`        the words everything else is written in: frames, transcripts, protocols, clock, errors
* `turns`       whose turn it is: endpointer, turn machine, dialogue; pure, no clock and no I/O
* `audio`       the real-time process that owns the sound device
* `engines`     one file per model runtime, blocking, and where their model files come from
* `inference`   lanes (one worker process each) and the scheduler that shares the cores among them
* `pipeline`    the stages of one turn: listen, transcribe, reply, speak
* `sessions`    one conversation; the only place where events meet commands
* `transports`  where sound comes from and goes to: the local device, WAV files
* `app`         builds all of it, bottom-up; `cli` is what a person types
"""

import os

__version__ = "0.1.0"

# Nothing leaves the building. onnxruntime's wheels for Linux tell Microsoft who runs which model (since 1.29), unless
# they find this before they are loaded; its API can only ask them to stop later. The second is for pulling models.
os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
