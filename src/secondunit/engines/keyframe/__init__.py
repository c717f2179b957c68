"""A small network for one shot, trained on the artist's own frames. Enters: keys. Leaves: a model, frames, a choice."""
