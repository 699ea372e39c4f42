"""How frames of B are seen: what is new is seen as it is, but where the look of a neighbour goes on."""

import numpy as np

from vidstudio.engine.alignment.appearance.looks import Look, Seen

ZOOMED = Look(path=np.float32([[0.1, 0.1, 0.9, 0.9]]))


def test_what_is_new_is_seen_as_it_is_but_where_the_look_of_a_matched_frame_beside_it_goes_on() -> None:
    number = np.array([-1] * 10 + [0] * 30 + [1] * 10 + [0] * 10, np.int32)
    found = np.arange(60, dtype=np.int32)
    found[5:20] = found[30:40] = found[45:60] = -1
    thumbs = np.zeros((60, 28, 48), np.uint8)
    seen = Seen(thumbs, thumbs, [ZOOMED, Look(mirrored=True)], number)
    seen.see_new_plainly(found)
    plain, mirrored = seen.plain(0, 60), seen.mirrored
    # 10..19 lead to 20, which is zoomed, as 30..39 go on from 29; 50..59 were seen as nothing beside them is
    assert plain[:10].all()
    assert not plain[10:40].any()
    assert mirrored[40:50].all()
    assert plain[50:].all()
