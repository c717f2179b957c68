"""An artist's edit carried over a shot by patches. Enters: keys, plates, guides. Leaves: frames with their trace."""
