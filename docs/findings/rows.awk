# Reads rows of levels.csv and measures.csv by the names of their columns.

BEGIN { FS = "," }

# The names of a file's columns: `column` maps them to numbers, `accuracy` lists those of the test accuracies. `file`
# counts the files.
FNR == 1 {
    file++
    split("", column)
    accuracies = 0
    for (i = 1; i <= NF; i++) {
        column[$i] = i
        if ($i ~ /^accuracy_/)
            accuracy[++accuracies] = $i
    }
    next
}

function cell(name) {
    if (!(name in column)) {
        print FILENAME ": no column " name > "/dev/stderr"
        exit 1
    }
    return $(column[name])
}

function is_separated() {
    return cell("verdict") == "separated"
}

# Whether the test accuracy of each task is that of a solved one.
function is_solved(    task) {
    for (task = 1; task <= accuracies; task++)
        if (cell(accuracy[task]) + 0 < 0.97)
            return 0
    return 1
}
