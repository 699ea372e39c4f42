import numpy as np
from programmes import pictures, shot

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.alignment.appearance.pictures import Usual
from vidstudio.engine.alignment.results import Window
from vidstudio.engine.alignment.search import coarse
from vidstudio.engine.alignment.search.panning import pan


def test_a_pair_of_two_shots_beside_a_cut_does_not_bend_the_windows_way() -> None:
    a = np.concatenate([shot(3, 60), shot(4, 60)])
    lefts = np.linspace(0.1, 0.6, len(a))
    b = np.concatenate([descriptors.cut(a[i : i + 1], Window(x, 0, x + 0.316, 1)) for i, x in enumerate(lefts)])
    at = np.arange(2, len(a), 5)
    wrong = at.copy()
    wrong[11:13] = 115, 4  # the frames of A that stand for the cells at the cut are of the wrong shot
    usual = Usual.common(descriptors.features(a), descriptors.features(b))
    cells = np.arange(len(at))
    look = pan(
        coarse.Run(cells, cells, coarse.Layer()),
        pictures(a),
        pictures(b, 9 / 16),
        wrong,
        at,
        usual,
        np.zeros(len(b), bool),
    )
    assert look.path is not None
    assert np.abs(look.path[:, 0] - lefts[at[0] : at[-1] + 1]).max() < 0.03
