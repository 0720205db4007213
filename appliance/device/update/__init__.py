"""Updates of a box with two root slots: signed bundles, the switch from one slot to the other, what people are told."""
