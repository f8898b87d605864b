"""What a careful user of Trio writes without us: the programs that our figures are set against.

They are honest: no slower than they need to be in plain Trio, and they promise less (no supervision, no
names, no failure guard), which is in their favour.
"""
