"""Semantic positive pairs in Python: mining.py '<mining as JSON>' <file of features> <threads> numpy|torch.

Cosines of all pairs i < j in blocks of the upper triangle; pairs with lower <= cosine <= upper, and duplicates above, both in
the order of i, then j, with the cosines of the pairs.
"""

import json
import sys

import numpy

from protocol import serve

mining = json.loads(sys.argv[1])
n, width, size = mining["images"], mining["width"], mining["blockSize"]
lower, upper = mining["lower"], mining["upper"]
features = numpy.fromfile(sys.argv[2], numpy.float32).reshape(n, width)

if sys.argv[4] == "torch":
    import torch

    torch.set_num_threads(int(sys.argv[3]))
    torch.set_grad_enabled(False)
    version = f"PyTorch {torch.__version__}"
    rows = torch.from_numpy(features)

    def above(first, second):
        """The pairs of two blocks that are not below `lower`, by their places in the block, and their cosines."""
        cosines = rows[first : first + size] @ rows[second : second + size].T
        places = (cosines >= lower).view(-1).nonzero().view(-1)
        return places.numpy(), cosines.view(-1)[places].numpy(), cosines.shape[1]

else:
    version = f"NumPy {numpy.__version__}"

    def above(first, second):
        """The pairs of two blocks that are not below `lower`, by their places in the block, and their cosines."""
        cosines = features[first : first + size] @ features[second : second + size].T
        places = numpy.flatnonzero(cosines >= lower)
        return places, cosines.ravel()[places], cosines.shape[1]


def block_row(first):
    """Pairs i < j of the images of a block with all from there on, in the order of i, then j."""
    found = []
    for second in range(first, n, size):
        places, cosines, columns = above(first, second)
        i, j = first + places // columns, second + places % columns
        if first == second:
            upper_half = i < j
            i, j, cosines = i[upper_half], j[upper_half], cosines[upper_half]
        found.append((i, j, cosines))
    i, j, cosines = (numpy.concatenate(parts) for parts in zip(*found))
    order = numpy.argsort(i, kind="stable")
    return numpy.stack((i, j), 1)[order].astype(numpy.int32), cosines[order]


def step():
    """Mines once; how many pairs there are, duplicates apart."""
    parts = [block_row(first) for first in range(0, n, size)]
    pairs, cosines = (numpy.concatenate(each) for each in zip(*parts))
    alike = cosines > upper
    _positives, similarities, _duplicates = pairs[~alike], cosines[~alike], pairs[alike]
    return len(similarities)


serve(version, 0, n, step)
