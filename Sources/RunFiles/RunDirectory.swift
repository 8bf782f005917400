import CycleLife
