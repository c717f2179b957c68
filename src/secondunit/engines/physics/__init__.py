"""How a building breaks and falls: solvers that know materials and gravity, and nothing of pictures or shots.

Enters: a `slate.building.Building`, a seed, where failure starts. Leaves: a `breakup.Breakup` (what the pieces
are), then frame by frame `motion.BodyFrame`, `DebrisFrame` and `DustFrame` (where they are).

    parts*       the building as convex parts that do not overlap: walls, panes, slabs, beams, roofs
    voronoi*     exact convex cells inside convex parts
    fracture*    how many pieces, where cracks start; `fracture.break_building` is the door
    bricks*      walls laid in courses: cracks that run through the joints
    breakup*     the result, and its triangles
    support      which chunks hold which, and which stand on the ground
    bodies*      rigid bodies, and the failure that sets them loose (`failure`)
    debris*      what fragments shed; `dust*` the cloud; `rubble*` the heap
"""
