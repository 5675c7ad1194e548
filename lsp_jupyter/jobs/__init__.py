"""UWS jobs: phases, store, runner."""
