"""Keeps the appliance going without an operator: proofs of progress, a governor of what the machine has, a keeper.

* `progress` `watch`     every loop proves that it gets on; who does not is ended and started again
* `deadman`              the same for the loop that should have noticed
* `notify` `keeper`      what systemd is told; what stands in its place where there is none
* `readings` `strain` `levels` `governor`   what the machine has, what is short, what is done without
* `budget`               whether the models of a profile fit into this machine at all
"""
