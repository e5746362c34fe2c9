select {{ 2 }} * x
