# How many weights the level has that validation singles out for imp of `run`, from compare's rows of all runs.

cell("run") == run && cell("arm") == "imp" { print cell("weights_left") }
