"""Run by Blender, not by Second Unit: open a USD scene and save it as a `.blend`. See `scene_blend`."""

import sys

import bpy


def main() -> None:
    """`USD BLEND WIDTH HEIGHT RATE_OVER RATE_UNDER`, the last six words of the command line."""
    usd, blend = sys.argv[-6:-4]
    width, height, over, under = (int(word) for word in sys.argv[-4:])
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=blend)  # so that paths can be written relative to it
    bpy.ops.wm.usd_import(filepath=usd, set_frame_range=True, relative_path=True)
    scene = bpy.context.scene
    scene.camera = next(thing for thing in bpy.data.objects if thing.type == "CAMERA")
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.fps, scene.render.fps_base = round(over / under), round(over / under) * under / over
    for cache in bpy.data.cache_files:
        cache.filepath = bpy.path.relpath(cache.filepath)
    scene.frame_set(scene.frame_start)
    bpy.ops.wm.save_as_mainfile(filepath=blend, compress=True)


if __name__ == "__main__":
    main()
