using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel;

/// <summary>Which kernel a product runs on. <see cref="Scalar"/> is chosen by itself where AVX-512 is missing, and by tests.</summary>
internal enum GemmPath { Best, Scalar }

/// <summary>
/// C[m × n] (+)= A[m × k] · B[k × n] for any sizes. A is read through two strides, so A and Aᵀ are the same call; B through
/// <see cref="PackedMatrix{T}.Pack"/>'s two strides; C's columns are neighbours. One object per thread: it owns scratch memory.
/// </summary>
internal sealed unsafe class Gemm<T>(GemmPath path = GemmPath.Best) where T : unmanaged, INumberBase<T>
{
    // A block of B's panel (Depth × Wide × 4 B = 32 KiB) stays in L1, a block of A (Height × Depth × 4 B = 252 KiB) in L2.
    private const int Depth = 256, Height = 21 * GemmKernel.Rows;

    // Packed A is sixteen wide rather than twelve: whole vectors are copied, the kernel reads the first twelve.
    private const int PackedRows = 16;

    private readonly bool _vector = path == GemmPath.Best && Vector512.IsHardwareAccelerated;
    // One line of padding, or all tiles would begin in the same set of the cache.
    private const int PackedTile = (Depth + 1) * PackedRows;

    private readonly AlignedBuffer<T> _packedA = new(Height / GemmKernel.Rows * PackedTile);
    private readonly AlignedBuffer<T> _edge = new(GemmKernel.Rows * PackedMatrix<T>.Wide);
    private readonly PackedMatrix<T> _packedB = new();

    /// <summary>Packs B and multiplies. Element (k, n) of B lies at <c>b[k·bRow + n·bColumn]</c>.</summary>
    public void Multiply(int m, int n, int k, T* a, nint aRow, nint aColumn, T* b, nint bRow, nint bColumn, T* c, nint cRow, bool add) =>
        Multiply(m, n, k, a, aRow, aColumn, _packedB.Pack(k, n, b, bRow, bColumn), c, cRow, add);

    /// <summary>Multiplies by <paramref name="k"/> rows and the first <paramref name="n"/> columns of a packed B.</summary>
    /// <param name="n">May exceed B's columns up to its last panel's end: those columns of C become zeros.</param>
    /// <param name="bFrom">The first row of B that takes part.</param>
    public void Multiply(int m, int n, int k, T* a, nint aRow, nint aColumn, PackedMatrix<T> b, T* c, nint cRow, bool add, int bFrom = 0)
    {
        var wide = PackedMatrix<T>.Wide;
        if (bFrom < 0 || k > b.K - bFrom || n > b.Panels * wide) throw new ArgumentException($"B is {b.K} × {b.N}; {k} × {n} of it from row {bFrom} were asked for.");
        for (var k0 = 0; k0 < k; k0 += Depth)
        {
            var depth = Math.Min(Depth, k - k0);
            var addNow = add || k0 > 0;
            for (var m0 = 0; m0 < m; m0 += Height)
            {
                var height = Math.Min(Height, m - m0);
                var block = BlockOfA(a + m0 * aRow + k0 * aColumn, aRow, aColumn, height, depth);
                for (var n0 = 0; n0 < n; n0 += wide)
                {
                    var panel = b.Panel(n0 / wide) + (nint)(bFrom + k0) * wide;
                    for (var row = 0; row < height; row += GemmKernel.Rows)
                    {
                        var target = c + (m0 + row) * cRow + n0;
                        var (rows, columns) = (Math.Min(GemmKernel.Rows, height - row), Math.Min(wide, n - n0));
                        var tile = rows == GemmKernel.Rows ? block.At(row) : block.Last;
                        if (rows == GemmKernel.Rows && columns == wide) Run(depth, tile, panel, target, cRow, addNow);
                        else RunEdge(depth, tile, panel, target, cRow, rows, columns, addNow);
                    }
                }
            }
        }
    }

    private readonly record struct TileOfA(nint Address, nint Row, nint Step);

    // The whole tiles of a block, and the last one, which is copied and filled up with zeros when it lacks rows.
    private readonly record struct BlockOfTiles(nint Address, nint TileStride, nint Row, nint Step, TileOfA Last)
    {
        public TileOfA At(int row) => new(Address + row / GemmKernel.Rows * TileStride, Row, Step);
    }

    // A with neighbouring k is read where it lies: twelve streams. Aᵀ would touch a new line for every k, so it is copied into tiles.
    private BlockOfTiles BlockOfA(T* a, nint aRow, nint aColumn, int height, int depth)
    {
        var whole = height / GemmKernel.Rows * GemmKernel.Rows;
        var packed = _packedA.Pointer;
        if (aColumn != 1) PackTiles(a, aRow, aColumn, whole / GemmKernel.Rows, depth, packed);
        var last = packed + whole / GemmKernel.Rows * PackedTile;
        if (whole < height) PackLast(a + whole * aRow, aRow, aColumn, height - whole, depth, last);
        var lastTile = new TileOfA((nint)last, 1, PackedRows);
        return aColumn == 1
            ? new BlockOfTiles((nint)a, GemmKernel.Rows * aRow * sizeof(T), aRow, 1, lastTile)
            : new BlockOfTiles((nint)packed, PackedTile * sizeof(T), 1, PackedRows, lastTile);
    }

    private void Run(int k, TileOfA a, T* panel, T* c, nint cRow, bool add)
    {
        if (_vector) GemmKernel.Vector(k, (T*)a.Address, a.Row, a.Step, panel, c, cRow, add);
        else GemmKernel.Scalar(k, (T*)a.Address, a.Row, a.Step, panel, c, cRow, add);
    }

    private void RunEdge(int k, TileOfA a, T* panel, T* c, nint cRow, int rows, int columns, bool add)
    {
        var edge = _edge.Pointer;
        var wide = PackedMatrix<T>.Wide;
        Run(k, a, panel, edge, wide, add: false);
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
                c[row * cRow + column] = (add ? c[row * cRow + column] : T.Zero) + edge[row * wide + column];
    }

    // Row by row of Aᵀ, as it lies in memory.
    private static void PackTiles(T* a, nint aRow, nint aColumn, int tiles, int depth, T* packed)
    {
        for (var k = 0; k < depth; k++, a += aColumn, packed += PackedRows)
        {
            T* source = a, target = packed;
            for (var tile = 0; tile < tiles; tile++, source += GemmKernel.Rows * aRow, target += PackedTile)
            {
                if (aRow == 1) Unsafe.CopyBlockUnaligned(target, source, (uint)(GemmKernel.Rows * sizeof(T)));
                else
                    for (var row = 0; row < GemmKernel.Rows; row++) target[row] = source[row * aRow];
            }
        }
    }

    private static void PackLast(T* a, nint aRow, nint aColumn, int rows, int depth, T* target)
    {
        for (var k = 0; k < depth; k++, a += aColumn, target += PackedRows)
            for (var row = 0; row < GemmKernel.Rows; row++)
                target[row] = row < rows ? a[row * aRow] : T.Zero;
    }
}
