# Checks that every file of this export is, byte for byte, what it was when it
# was handed over. Needs nothing but PowerShell 5 or later:
#   powershell -ExecutionPolicy Bypass -File verify.ps1
# Exit status: 0 all files are as they were, 1 some are not, 2 nothing was checked.
Set-Location -LiteralPath $PSScriptRoot
if (-not (Test-Path -LiteralPath 'SHA256SUMS')) {
    Write-Output 'SHA256SUMS is not here, so nothing was checked.'
    exit 2
}
$all = 0
$good = 0
foreach ($line in [System.IO.File]::ReadLines((Join-Path $PSScriptRoot 'SHA256SUMS'))) {
    if ($line.Length -lt 67) { continue }
    $all++
    $sum = $line.Substring(0, 64)
    $name = $line.Substring(66)
    if (-not (Test-Path -LiteralPath $name -PathType Leaf)) {
        Write-Output "${name}: MISSING"
        continue
    }
    $found = (Get-FileHash -LiteralPath $name -Algorithm SHA256).Hash
    if ($found -eq $sum) { $good++ } else { Write-Output "${name}: FAILED" }
}
if ($all -gt 0 -and $good -eq $all) {
    Write-Output "ok: all $all files are as they were handed over."
    exit 0
}
Write-Output "WRONG: $($all - $good) of $all files are changed or missing."
exit 1
