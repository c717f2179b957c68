"""Pictures from patches of owned pictures. Enters: sources, guides, keys, masks. Leaves: frames with their trace."""
