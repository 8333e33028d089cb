"""The numbers printed in Otberdout et al. 2022 (CVPR), for the tables to show beside ours: other data, so never in one column with them."""

from __future__ import annotations

from .tables import Table

OTHER_DATA = "Printed in the paper, on CoMA and D3DFACS: other data, not to be compared number by number with the rows above."

TABLE_1 = Table(
    "Paper, Table 1: mean error ± std in mm",
    ("method", "CoMA, expression split", "D3DFACS, expression split", "CoMA, identity split", "D3DFACS, identity split"),
    (
        ("PCA-220", "0.76 ± 0.73", "0.42 ± 0.44", "0.80 ± 0.73", "0.56 ± 0.56"),
        ("PCA-38", "0.90 ± 0.84", "0.44 ± 0.45", "0.93 ± 0.82", "0.58 ± 0.56"),
        ("DL-3DMM", "0.86 ± 0.80", "0.73 ± 1.15", "0.89 ± 0.79", "1.15 ± 1.50"),
        ("Neural3DMM", "0.75 ± 0.85", "0.59 ± 0.86", "3.74 ± 2.34", "2.09 ± 1.37"),
        ("S2D-Dec", "0.52 ± 0.59", "0.28 ± 0.31", "0.55 ± 0.62", "0.27 ± 0.30"),
    ),
    notes=(OTHER_DATA,),
)

TABLE_2 = Table(
    "Paper, Table 2: ablation of the loss on CoMA, mean error ± std in mm",
    ("loss", "error"),
    (("S1: L_dr", "1.27 ± 1.88"), ("S2: L_dr + L_pr without weights", "0.92 ± 1.33"), ("S3: L_dr + L_pr", "0.50 ± 0.56")),
    notes=(OTHER_DATA,),
)

TABLE_3 = Table(
    "Paper, Table 3: generated motion on CoMA",
    ("landmarks", "accuracy, ground truth", "accuracy, Motion3DGAN", "accuracy, LSTM", "FID, Motion3DGAN", "FID, LSTM"),
    (("Gen-LM", "73.00 %", "65.28 %", "46.53 %", "20.45", "21.76"), ("Det-LM", "73.61 %", "69.44 %", "52.08 %", "19.01", "27.96")),
    notes=(OTHER_DATA,),
)
