"""Result files: by id, as blocks, sorted and filtered."""
