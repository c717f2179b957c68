"""New arrangements of owned pictures. Enters: a still or a film. Leaves: frames in which every pixel is a copy."""
