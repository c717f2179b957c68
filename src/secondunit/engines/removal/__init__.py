"""Something out of a shot. Enters: plates, masks, owned stills. Leaves: frames with their trace, or what is missing."""
