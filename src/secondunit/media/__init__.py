"""The only doors to files of pictures, movies and sound: streams of frames in, finished files out.

Enters: paths as a person writes them, and arrays. Leaves: (h, w, c) float32 frames, one at a time, and files.
`colour` turns any source into scene-linear ACEScg and back for review; `images`, `sequences` and `movies` read;
`exr` keeps layers in half floats; `review_movie`, `burn_in` and `contact_sheet` write what a person looks at.
A file that cannot be used raises `BadMedia` with one sentence; a full disk raises `EngineFailed`.
"""
