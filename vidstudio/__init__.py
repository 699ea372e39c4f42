"""VidStudio: compare, understand and repurpose video on your own machine."""

import os

__version__ = "0.1.0"

# before numpy is loaded: our matrices are small, and its threads wait for one another by spinning, which costs a
# multiple of the work as soon as other programs run
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
