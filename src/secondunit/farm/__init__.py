"""The farm: a job as a graph of chunks, run by local processes, resumed by content.

Enters: `Chunk`s, each with a key that hashes everything it depends on, and the store that keeps finished takes.
Leaves: every chunk's take on disk. A chunk whose take exists is never run again: that is all there is to resume.
"""
